"""A trained network -> the files that travel in the wheel: 8-bit ONNX weights, tokenizer, what is known of them."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from monitor.lab.train_net import Net


def export(net: Net, tokenizer: Tokenizer, folder: Path, known: dict[str, Any]) -> int:
    """Write `encoder.onnx`, `tokenizer.json` and `encoder.json` (`known`, with its `temperature`); total bytes."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    net.eval()
    net.bert.set_attn_implementation("eager")
    sample = torch.tensor([tokenizer.encode("a sample").ids])
    axes = {name: {0: "n", 1: "t"} for name in ("ids", "mask", "marks")}
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        full = Path(scratch) / "full.onnx"
        torch.onnx.export(
            net,
            (sample, torch.ones_like(sample)),
            str(full),
            input_names=["ids", "mask"],
            output_names=["direction", "role", "strength", "marks"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        # Seven bits a weight: processors without VNNI add pairs of products in 16 bits, which eight would overflow.
        quantize_dynamic(
            full,
            folder / "encoder.onnx",
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "encoder.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())
