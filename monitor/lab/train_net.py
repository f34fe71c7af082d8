"""The encoder's network and its losses (needs the extra `train`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from monitor.lab.train_data import ROLES

# Weights of the losses beside the direction's.
ROLE_LOSS, STRENGTH_LOSS, EVIDENCE_LOSS, BACKGROUND_LOSS, FLIP_LOSS = 0.2, 0.1, 0.6, 0.3, 0.4
LABEL_SMOOTHING = 0.05
UNKNOWN = -100


@dataclass
class Batch:
    """Word pieces and labels of some questions; UNKNOWN where a label is missing."""

    ids: Tensor
    mask: Tensor
    direction: Tensor
    role: Tensor
    strength: Tensor
    evidence: Tensor  # per word piece: 1 in the deciding clause, 0 outside, UNKNOWN where not labelled
    background: Tensor


class Net(nn.Module):
    """A BERT encoder that marks deciding and old words, pools over the deciding ones, and names the direction."""

    def __init__(self, bert: Any, width: int = 384) -> None:
        super().__init__()
        self.bert = bert
        self.tokens = nn.Linear(width, 2)
        self.mix = nn.Linear(3 * width, width)
        self.drop = nn.Dropout(0.1)
        self.direction = nn.Linear(width, 3)
        self.role = nn.Linear(width, len(ROLES))
        self.strength = nn.Linear(width, 3)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits of direction [n, 3], role [n, 6], strength [n, 3], and of each piece (deciding, old) [n, t, 2]."""
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        marks = self.tokens(hidden)
        seen = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * seen).sum(1) / seen.sum(1)
        weight = torch.softmax(marks[:, :, 0] + (mask.to(hidden.dtype) - 1) * 10000.0, dim=1).unsqueeze(-1)
        deciding = (hidden * weight).sum(1)
        pooled = torch.cat([hidden[:, 0], mean, deciding], dim=1)
        mixed = self.drop(F.gelu(self.mix(self.drop(pooled))))
        return self.direction(mixed), self.role(mixed), self.strength(mixed), marks


def losses(out: tuple[Tensor, Tensor, Tensor, Tensor], batch: Batch) -> Tensor:
    """The summed loss of a batch."""
    direction, role, strength, marks = out
    total = F.cross_entropy(direction, batch.direction, label_smoothing=LABEL_SMOOTHING)
    opposite = torch.tensor([1, 0, -1])[batch.direction]
    signed = opposite >= 0
    if signed.any():
        risk = torch.softmax(direction[signed], dim=1).gather(1, opposite[signed].unsqueeze(1))
        total = total - FLIP_LOSS * torch.log1p(-risk.clamp(max=0.999)).mean()
    if (batch.role != UNKNOWN).any():
        total = total + ROLE_LOSS * F.cross_entropy(role, batch.role, ignore_index=UNKNOWN)
    if (batch.strength != UNKNOWN).any():
        total = total + STRENGTH_LOSS * F.cross_entropy(strength, batch.strength, ignore_index=UNKNOWN)
    for index, labels, weight in ((0, batch.evidence, EVIDENCE_LOSS), (1, batch.background, BACKGROUND_LOSS)):
        known = labels != UNKNOWN
        if known.any():
            logits = marks[:, :, index][known]
            total = total + weight * F.binary_cross_entropy_with_logits(logits, labels[known].to(logits.dtype))
    return total
