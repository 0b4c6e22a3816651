"""Pure rules about objects. No I/O, no clock, no threads."""
