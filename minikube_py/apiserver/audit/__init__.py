"""The audit log: who asked for what, and what came of it, as audit.k8s.io/v1 events. What is to be done is written before it is done.

    log = logfile.LogFile(path)
    server.audit = auditor.Auditor(policy.parse(read_from_a_file), log.write, server.clock, new_id)

No server has one by default, and then it costs nothing. Secret values, tokens and passwords are in no event, whatever the policy says.
"""
