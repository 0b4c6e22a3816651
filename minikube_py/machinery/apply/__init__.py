"""Who owns which field: managedFields and server-side apply, as structured-merge-diff does it.

Field sets are FieldsV1 dicts; nothing here changes one in place, so that they may share their parts.
"""
