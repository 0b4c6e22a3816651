"""The front end: HTTP in, HTTP out. It knows bytes, headers and connections; what a request means, the chain decides.

Two threads: the event loop does I/O; one worker owns the store and runs everything that touches it, one after another.
"""
