"""How everybody talks to the apiserver: REST-shaped calls, loops that follow events, the event recorder."""
