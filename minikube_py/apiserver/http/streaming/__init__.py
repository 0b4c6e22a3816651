"""Streams below a request: exec, attach and port-forward over WebSocket and over SPDY/3.1, as kubectl 1.27 to 1.33 speak them.

Frames know no connections, connections know no commands, commands know no runtime: they run what minikube_py.kubelet.streams names.
Everything that a client sends is bounded; a client that stops reading, or sends nonsense, ends itself only.
"""
