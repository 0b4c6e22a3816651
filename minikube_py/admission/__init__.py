"""The built-in admission plugins: one module each. Objects are read only through a Reader."""
