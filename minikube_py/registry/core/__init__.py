"""Strategies of the core group. The same law as the registry's: no I/O, other objects only through a Reader."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "configmaps": "configmaps",
    "endpoints": "endpoints",
    "events": "events",
    "limitranges": "limitranges",
    "namespaces": "namespaces",
    "nodes": "nodes",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "persistentvolumes": "persistentvolumes",
    "pods": "pods",
    "podtemplates": "podtemplates",
    "replicationcontrollers": "replicationcontrollers",
    "resourcequotas": "resourcequotas",
    "secrets": "secrets",
    "serviceaccounts": "serviceaccounts",
    "services": "services",
}
