"""How fast kctl is, as ratios to a peer in one run on one machine. Run it: python -m tests.benchmarks [NAME ...] [--small]."""
