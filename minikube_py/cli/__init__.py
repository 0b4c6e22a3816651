"""kubectl's command line, as a client of the API: it never touches the store."""
