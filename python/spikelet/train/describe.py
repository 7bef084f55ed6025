"""Objects as JSON, so that `config.json` says what a run was made of."""

import functools
import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from torch import nn

__all__ = ["describe", "describe_data", "describe_net", "versions"]


def describe(thing: Any) -> Any:
    """A value that JSON can hold: numbers and text as they are, functions by name, objects by fields."""
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, functools.partial):
        given = {"arguments": describe(thing.args), **describe(thing.keywords)}
        return {"call": describe(thing.func), **given}
    if isinstance(thing, Mapping):
        return {str(key): describe(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [describe(value) for value in thing]
    if is_dataclass(thing) and not isinstance(thing, type):
        return {
            "class": _name(type(thing)),
            **{f.name: describe(getattr(thing, f.name)) for f in fields(thing)},
        }
    if isinstance(thing, os.PathLike | PurePath):
        return str(thing)
    if callable(thing) and hasattr(thing, "__qualname__"):
        return _name(thing)
    return {"class": _name(type(thing))} | ({"text": repr(thing)} if isinstance(thing, nn.Module) else {})


def describe_net(net: nn.Module) -> dict[str, Any]:
    """Build, size and first weights of a network."""
    digest = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return {
        "class": _name(type(net)),
        "text": repr(net),
        "parameters": sum(p.numel() for p in net.parameters()),
        "first_weights_sha256": digest.hexdigest(),
    }


def describe_data(data: Any) -> dict[str, Any] | None:
    """Class, size and, where the data has them, split, place, transform, card and digest."""
    if data is None:
        return None
    about: dict[str, Any] = {"class": _name(type(data))}
    if hasattr(data, "__len__"):
        about["length"] = len(data)
    for name in ("split", "root", "transform", "card", "digest"):
        value = getattr(data, name, None)
        if value is not None and not (name == "digest" and callable(value)):
            about[name] = describe(value)
    if isinstance(data, torch.utils.data.DataLoader):
        about |= {"batch_size": data.batch_size, "dataset": describe_data(data.dataset)}
    return about


def versions() -> dict[str, Any]:
    """What ran it."""
    return {
        "spikelet": version("spikelet"),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "torch_threads": torch.get_num_threads(),
    }


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
