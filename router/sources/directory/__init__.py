"""Facts from a folder of manifests."""

from router.sources.directory.source import DirectorySource

__all__ = ["DirectorySource"]
