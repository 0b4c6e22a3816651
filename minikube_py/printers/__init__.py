"""How objects become text: tables made by the server, and every output format of the client.

Objects in, text out: nothing here asks a store or a server. `tables` is the server's part, `output` picks the client's
printer for an -o; `text`, `serial`, `templates` and `customcolumns` are the printers, `jsonpath` and `gotemplate` the languages.
"""
