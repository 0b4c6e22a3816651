"""Every command and flag of kubectl 1.33: that kctl has them, and where the tests show what they do."""
