"""blake2b as hashlib has it; hashlib itself loads OpenSSL, which takes milliseconds of each command."""

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
