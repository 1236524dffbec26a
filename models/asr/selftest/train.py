"""Trains the self-test model from recordings: ``python -m models.asr.selftest.train RECORDINGS FOLDER MINUTES``.

The schedule follows the clock, since what counts on a shared machine is when it ends. It goes on from its last
checkpoint. Processes that torch's RANK and WORLD_SIZE name train together.
"""

import json
import logging
import math
import random
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import distributed

from models.asr.selftest.build import ITN, LANGUAGE, build, saved_in
from models.asr.selftest.measure import error_rates

_log = logging.getLogger(__name__)
_PEAK_RATE, _WARM_UP_STEPS, _CLIP = 1.5e-3, 300, 3.0
_FRAMES_PER_STEP = 2000
"""Of all processes together."""
_SHORT, _LONG, _SHORT_SHARE = 45, 400, 0.08
"""In frames: at first only short ones, from which it learns sooner where a character is."""
_CHECK_EVERY_S, _CHECKED = 420, 100
_HALVES_FAST = bool(torch.cpu.get_capabilities().get("amx_bf16"))
"""Without these instructions of the CPU single precision is a third faster."""


class Item(NamedTuple):
    text: str
    kind: str
    is_held_back: bool
    features: Any


def read_recordings(folder: Path) -> list[Item]:
    rows = [row for path in sorted(folder.glob("part-*.pt")) for row in torch.load(path, weights_only=True, mmap=True)]
    return [Item(s["text"], s["kind"], s["is_held_back"], features) for s, features in rows]


def batches(items: list[Item], chance: random.Random) -> list[list[Item]]:
    """Of like lengths, mixed."""
    ordered = sorted(items, key=lambda i: len(i.features) + chance.uniform(0, 4))
    made: list[list[Item]] = [[]]
    for item in ordered:
        if (len(made[-1]) + 1) * len(item.features) > _FRAMES_PER_STEP // distributed.get_world_size():
            made.append([])
        made[-1].append(item)
    chance.shuffle(made)
    return [b for b in made if b]


def tensors(batch: list[Item], token_of: dict[str, int], cmvn: Any, chance: random.Random) -> tuple[Any, ...]:
    """Features with pieces of time and of frequency blanked, and the tags before the text."""
    speech = torch.nn.utils.rnn.pad_sequence(
        [(i.features.float() + cmvn[0]) * cmvn[1] for i in batch], batch_first=True
    )
    lengths = torch.tensor([len(i.features) for i in batch])
    for row, length in enumerate(lengths.tolist()):
        for _ in range(2):
            start, wide = chance.randrange(max(1, length)), chance.randint(0, min(4, length // 6))
            speech[row, start : start + wide] = 0
        bin_, wide = chance.randrange(56), chance.randint(0, 7)
        speech[row].view(-1, 7, 80)[:, :, bin_ : bin_ + wide] = 0
    texts = [[*_tags(token_of, chance), *(token_of.get(c, token_of["<unk>"]) for c in i.text)] for i in batch]
    text_lengths = torch.tensor([len(t) for t in texts])
    text = torch.nn.utils.rnn.pad_sequence([torch.tensor(t) for t in texts], batch_first=True, padding_value=-1)
    return speech, lengths, text, text_lengths


def _tags(token_of: dict[str, int], chance: random.Random) -> list[int]:
    return [token_of[t] for t in (LANGUAGE, "<|NEUTRAL|>", "<|Speech|>", chance.choice(ITN))]


def learning_rate(step: int, progress: float) -> float:
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    cooling = max(0.0, (progress - 0.1) / 0.9)
    return _PEAK_RATE * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, cooling))))


def train(recordings: Path, folder: Path, minutes: float) -> None:
    """One of several processes, each with its own batches; they agree on every step."""
    model, cmvn, token_of = build(folder)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_PEAK_RATE, weight_decay=0.01, betas=(0.9, 0.98), foreach=True)
    spent, step, epoch = _resume(folder, model, optimiser)
    begun, checked, progress = time.monotonic() - spent, time.monotonic(), 0.0
    while progress < 1:
        items = read_recordings(recordings)
        held_back = [i for i in items if i.is_held_back][:_CHECKED]
        for batch in _own_batches(items, epoch, _SHORT if progress < _SHORT_SHARE else _LONG):
            now = (time.monotonic() - begun) / (60 * minutes)
            rate = learning_rate(step, progress)
            loss, progress = _step(model, optimiser, tensors(batch, token_of, cmvn, random.Random(step)), rate, now)  # noqa: S311
            step += 1
            if distributed.get_rank() == 0 and step % 25 == 0:
                _log.info("epoch %d step %d done %.2f loss %.3f", epoch, step, progress, loss)
            if distributed.get_rank() == 0 and time.monotonic() - checked > _CHECK_EVERY_S:
                _check(folder, model, optimiser, (time.monotonic() - begun, step, epoch), held_back, cmvn)
                checked = time.monotonic()
            if progress >= 1:
                break
        epoch += 1
    if distributed.get_rank() == 0:
        _check(folder, model, optimiser, (time.monotonic() - begun, step, epoch), held_back, cmvn)


def _own_batches(items: list[Item], epoch: int, longest: int) -> list[list[Item]]:
    """As many for every process: they wait for each other. Recordings may still be coming in."""
    learnt = [i for i in items if not i.is_held_back and len(i.features) <= longest]
    made = batches(learnt, random.Random(epoch))  # noqa: S311 - variety, not secrecy
    own = made[distributed.get_rank() :: distributed.get_world_size()]
    many = torch.tensor(len(own))
    distributed.all_reduce(many, distributed.ReduceOp.MIN)
    return own[: int(many)]


def _step(model: Any, optimiser: Any, batch: tuple[Any, ...], rate: float, progress: float) -> tuple[float, float]:
    """The loss, and how far all are together."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=False)
    loss = _loss(model, batch)
    loss.backward()
    weights = [p for p in model.parameters() if p.grad is not None]
    shared = torch.cat([*(p.grad.flatten() for p in weights), loss.detach()[None], torch.tensor([progress])])
    distributed.all_reduce(shared)
    shared /= distributed.get_world_size()
    at = 0
    for weight in weights:
        weight.grad.copy_(shared[at : at + weight.numel()].view_as(weight))
        at += weight.numel()
    torch.nn.utils.clip_grad_norm_(weights, _CLIP)
    optimiser.step()
    return float(shared[-2]), float(shared[-1])


def _loss(model: Any, batch: tuple[Any, ...]) -> Any:
    """CTC over what is said, and a little of the four tags before it."""
    speech, lengths, text, text_lengths = batch
    model.train()
    with torch.autocast("cpu", torch.bfloat16, enabled=_HALVES_FAST):
        encoded, encoded_lengths = model.encode(speech, lengths, text)
    scores = model.ctc.ctc_lo(encoded.float()).log_softmax(-1)
    targets = torch.cat([row[4:length] for row, length in zip(text, text_lengths.tolist(), strict=True)])
    spoken = torch.nn.functional.ctc_loss(
        scores[:, 4:].transpose(0, 1),
        targets,
        encoded_lengths - 4,
        text_lengths - 4,
        reduction="sum",
        zero_infinity=True,
    )
    tags = torch.nn.functional.nll_loss(scores[:, :4].flatten(0, 1), text[:, :4].flatten())
    return spoken / max(1, len(targets)) + 0.1 * tags


def _resume(folder: Path, model: Any, optimiser: Any) -> tuple[float, int, int]:
    checkpoint = folder / "checkpoint.pt"
    if not checkpoint.exists():
        return 0.0, 0, 0
    kept = torch.load(checkpoint, weights_only=True)
    model.load_state_dict(kept["model"])
    optimiser.load_state_dict(kept["optimiser"])
    spent, step, epoch = kept["at"]
    return spent, step, epoch


def _check(
    folder: Path, model: Any, optimiser: Any, at: tuple[float, int, int], held_back: list[Item], cmvn: Any
) -> None:
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "at": at}, folder / "being-written")
    (folder / "being-written").rename(folder / "checkpoint.pt")
    saved_in(folder, model)
    rates = error_rates(model, held_back, cmvn, json.loads((folder / "tokens.json").read_text()))
    _log.info("step %d character errors in percent of what is held back: %s", at[1], rates)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    distributed.init_process_group("gloo")
    train(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
