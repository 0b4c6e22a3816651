"""The example plugins, installed with pip as a stranger's would be."""
