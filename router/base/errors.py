"""Exceptions. Users' mistakes are findings (values); these are for what stops a command.

TidegateError          one clear sentence for the operator; the command ends with exit code 1
"""


class TidegateError(Exception):
    """Something the operator must change: a port in use, a missing binary, an unwritable folder.

    The message is one sentence that says what is wrong, where, and what to do. Exit code 1.
    """
