"""How objects become text: tables made by the server, and every output format of the client. Pure: objects in, text out."""
