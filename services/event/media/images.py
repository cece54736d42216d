"""Images, written anew. Runs in a process of its own: what it reads was made by strangers."""

from __future__ import annotations

import asyncio
import concurrent.futures
import io
import multiprocessing
import warnings
from collections.abc import Sequence
from typing import TypeAlias

from PIL import Image, ImageOps, UnidentifiedImageError

from services.event.media.domain import IMAGES, MOST_PIXELS, BadMedia, scaled

# The bytes of a rendition, with its width and height in pixels.
Drawn: TypeAlias = tuple[bytes, int, int]

FORMATS = tuple(sorted(form.name for form in IMAGES))
QUALITY = 82
# At a time, and how long one may take, in seconds.
WORKERS, PATIENCE = 1, 20.0


class Studio:
    """Draws images one after the other in a process beside, which is replaced when it fails."""

    def __init__(self) -> None:
        self._pool: concurrent.futures.ProcessPoolExecutor | None = None

    async def drawn(self, data: bytes) -> Sequence[Drawn]:
        """The sizes of an image as WebP. Raises BadMedia for what is no image, or too large."""
        pool = self._pool = self._pool or concurrent.futures.ProcessPoolExecutor(
            WORKERS, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=50
        )
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                found = await loop.run_in_executor(pool, draw, data)
        except (TimeoutError, concurrent.futures.BrokenExecutor):
            self.close()
            raise BadMedia("file", "took too long to read") from None
        if isinstance(found, str):
            raise BadMedia("file", found)
        return found

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def draw(data: bytes) -> Sequence[Drawn] | str:
    """The sizes of an image, turned upright, without anything that was written beside it.

    Text where the image cannot be read: what is wrong with it.
    """
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    return f"must have at most {MOST_PIXELS} pixels"
                upright = ImageOps.exif_transpose(image)
                transparent = "A" in upright.getbands() or "transparency" in upright.info
                whole = upright.convert("RGBA" if transparent else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return f"must have at most {MOST_PIXELS} pixels"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        return "is not an image that can be read"
    return [_written(whole, size) for size in scaled(whole.width, whole.height)]


def _written(image: Image.Image, size: tuple[int, int]) -> Drawn:
    smaller = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
    # A picture of its own: what was known of the file does not come along.
    bare = Image.new(smaller.mode, smaller.size)
    bare.paste(smaller)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue(), bare.width, bare.height
