"""Who may do what: the built-in authenticators and authorizers. Objects are read only through a Reader."""
