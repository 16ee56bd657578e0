"""What a version of HAProxy can do; decides what is rendered."""

from router.base.frozen import Frozen
from router.planes.plane import Binary

OLDEST = (2, 6, 0)


class Features(Frozen):
    """``prometheus``: its own exporter is built in. ``reload_answers``: the master answers a reload when it is done (2.7)."""

    prometheus: bool = False
    reload_answers: bool = False


def features_of(binary: Binary) -> Features:
    return Features(prometheus="prometheus" in binary.features, reload_answers=binary.version >= (2, 7, 0))
