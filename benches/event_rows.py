"""The comparisons by name, and how many times as fast as the fastest peer we want to be in each."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison on one recording; `job` is a function of `events.py`."""

    job: str
    recording: str
    # By candidate: least time of the fastest peer over ours.
    targets: dict[str, float] = field(default_factory=dict)
    # The peer that the targets are about, where that is not the fastest one.
    judge: str | None = None
    # The fastest peer always runs on as many threads as there are.
    peer_takes_all_cores: bool = False

    @property
    def name(self) -> str:
        """What `--only` compares with."""
        return f"{self.job} {self.recording}"

    def targets_on(self, cores: int) -> dict[str, float]:
        """The targets that hold on so many cores: one thread is not compared with a peer that takes all."""
        is_fair = cores == 1 or not self.peer_takes_all_cores
        return {name: least for name, least in self.targets.items() if is_fair or name != "threads=1"}


def _read(recording: str, one: float, two: float | None = None, *, peer_takes_all_cores: bool = False) -> Row:
    targets = {"threads=1": one} | ({} if two is None else {"threads=2": two})
    return Row(job="read", recording=recording, targets=targets, peer_takes_all_cores=peer_takes_all_cores)


def _of(job: str, *, judge: str | None = None, **targets: float) -> tuple[Row, ...]:
    return tuple(
        Row(job=job, recording=name.replace("_", "-"), targets={"spikelet": least}, judge=judge)
        for name, least in targets.items()
    )


ROWS: tuple[Row, ...] = (
    _read("evt2", 1.25, 2),
    _read("evt21", 2),
    _read("evt3", 1.1, 1.8),
    _read("evt3-sparse", 1.1, 1.8),
    _read("evt3-dense", 1.25, 2),
    _read("dat", 1.4, 2),
    _read("aedat1", 3),
    _read("aedat2", 3),
    _read("aedat3", 3),
    _read("aedat3-small", 3),
    _read("aedat4", 3, 4, peer_takes_all_cores=True),
    _read("aedat4-lz4", 2, 3.5, peer_takes_all_cores=True),
    _read("aedat4-zstd", 2, 2.5, peer_takes_all_cores=True),
    _read("es", 4),
    _read("bin40", 3),
    _read("csv", 1.5, 2.5),
    _read("csv-txyp", 1.8),
    _read("rpg", 5),
    _read("npy", 0.95),
    _read("dsec", 0.95),
    _read("dsec-blosc", 1, 1.8),
    _read("ecf", 1.4, 2.5),
    *_of(
        "stream", evt2=1.6, evt21=3, evt3=1.15, evt3_sparse=1.3, evt3_dense=1.6, dat=1.9, es=3, bin40=1, csv=1
    ),
    *_of("stream", judge="dv_processing", aedat4=2, aedat4_lz4=1.5),
    *_of(
        "write",
        evt2=1.5,
        evt21=2,
        evt3=1.2,
        dat=1.5,
        aedat4=2,
        aedat4_lz4=1.5,
        aedat4_zstd=1.5,
        es=2,
        csv=2,
        npz=1,
    ),
    *_of("small", load=2.5, frames=2.5),
    *(
        Row(job="memory", recording=name)
        for name in (
            *("evt2", "evt21", "evt3", "dat", "aedat1", "aedat2", "aedat3", "aedat4", "aedat4-lz4"),
            *("aedat4-zstd", "es", "bin40", "csv", "rpg", "npy", "dsec", "dsec-blosc", "ecf"),
        )
    ),
)
