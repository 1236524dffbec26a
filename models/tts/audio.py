"""The one form of audio in this package: 16-bit little-endian mono, 24,000 samples a second, as OpenAI's ``pcm`` is."""

from typing import Final

RATE_HZ: Final = 24_000
BYTES_A_SAMPLE: Final = 2
BYTES_A_SECOND: Final = RATE_HZ * BYTES_A_SAMPLE
