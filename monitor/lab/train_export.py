"""A trained network -> the files that travel in the wheel: 8-bit ONNX weights, tokenizer, what is known of them."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from monitor.lab.train_net import Net

# The second half of each feed-forward layer is computed in full precision: its inputs hold a few very large values, and
# rounding them to 8 bits cost one story in a hundred. Its weights are stored in 8 bits all the same.
_EXACT = "/output/dense/"
_NOT_EXACT = "attention"


def export(net: Net, tokenizer: Tokenizer, folder: Path, known: dict[str, Any]) -> int:
    """Write `encoder.onnx`, `tokenizer.json` and `encoder.json` (`known`, with its `temperature`); total bytes."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    net.eval()
    net.bert.set_attn_implementation("eager")
    sample = torch.tensor([tokenizer.encode("a sample").ids])
    axes = {name: {0: "n", 1: "t"} for name in ("ids", "mask", "marks")}
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        full, mixed = Path(scratch) / "full.onnx", Path(scratch) / "mixed.onnx"
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
        names = [node.name for node in onnx.load(full).graph.node if node.op_type == "MatMul"]
        exact = [name for name in names if _EXACT in name and _NOT_EXACT not in name]
        # Seven bits a weight: processors without VNNI add pairs of products in 16 bits, which eight would overflow.
        quantize_dynamic(
            full,
            mixed,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=exact,
        )
        onnx.save(_stored_in_8_bits(onnx.load(mixed), exact), folder / "encoder.onnx")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "encoder.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())


def _stored_in_8_bits(model: Any, nodes: list[str]) -> Any:
    """The model with the weights of these matrix products kept in 8 bits, one scale a column, unfolded when loaded."""
    from onnx import helper, numpy_helper

    graph = model.graph
    held = {item.name: item for item in graph.initializer}
    for node in [node for node in graph.node if node.name in nodes]:
        name = node.input[1]
        weights = numpy_helper.to_array(held[name])
        scales = np.maximum(np.abs(weights).max(0) / 127, 1e-12).astype(np.float32)
        rounded = np.round(weights / scales).astype(np.int8)
        graph.initializer.remove(held[name])
        parts = {"rounded": rounded, "scale": scales, "zero": np.zeros(len(scales), np.int8)}
        graph.initializer.extend(numpy_helper.from_array(value, f"{name}.{part}") for part, value in parts.items())
        unfold = helper.make_node("DequantizeLinear", [f"{name}.{part}" for part in parts], [name], axis=1)
        graph.node.insert(0, unfold)
    return model
