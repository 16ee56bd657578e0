"""What a version of nginx can do; decides what is rendered."""

from router.base.frozen import Frozen
from router.planes.plane import Binary

OLDEST = (1, 22, 0)


class Features(Frozen):
    """``http2_directive``: ``http2 on`` (1.25.1) instead of ``listen ... http2``. ``keepalive_min_timeout``: 1.27.4; keeps idle
    connections through a reload. ``certificate_cache``: 1.27.4, for certificates chosen by a variable. ``proxy_http2``: 1.29.4.
    ``stream_module``: path of the module to load, empty if stream is built in. ``worker_user``: as root, who the workers are."""

    http2_directive: bool = False
    keepalive_min_timeout: bool = False
    certificate_cache: bool = False
    proxy_http2: bool = False
    stub_status: bool = True
    stream_module: str = ""
    stream: bool = True


def features_of(binary: Binary) -> Features:
    module = next((f.partition("=")[2] for f in binary.features if f.startswith("stream_module=")), "")
    return Features(
        http2_directive=binary.version >= (1, 25, 1),
        keepalive_min_timeout=binary.version >= (1, 27, 4),
        certificate_cache=binary.version >= (1, 27, 4),
        proxy_http2=binary.version >= (1, 29, 4),
        stub_status="stub_status" in binary.features,
        stream_module=module,
        stream=bool(module) or "stream" in binary.features,
    )
