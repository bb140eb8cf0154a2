"""Train the detector on exported datasets.

    python train.py --out model.pt DIR[:N] [DIR[:N] ...]     # each with its coco.json inside; N: its first N pictures

It saves after every epoch and goes on from there when it is started again with the same arguments.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from data import batch, load
from net import CupNet, half, losses


def main() -> None:
    """Train as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="DIR[:N]")
    parser.add_argument("--out", type=Path, required=True, help="file of the weights")
    parser.add_argument("--size", type=int, default=128, help="side of the pictures, a multiple of 16")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    train(parser.parse_args())


def train(options: argparse.Namespace) -> None:
    """Train, save, print one line an epoch."""
    asked = {name: str(value) for name, value in vars(options).items() if name not in ("out", "device")}
    note = options.out.with_suffix(".json")
    if options.out.exists() and note.exists() and json.loads(note.read_text()) == asked:
        print(f"{options.out} is trained already")
        return
    torch.manual_seed(options.seed)
    random = torch.Generator().manual_seed(options.seed)
    samples = load(options.folders, options.size)
    net = CupNet(len(samples.classes)).to(options.device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    begun = 0
    part = options.out.with_suffix(".part")
    if part.exists():
        kept = torch.load(part, map_location=options.device, weights_only=True)
        if kept["asked"] == asked:
            net.load_state_dict(kept["net"])
            optimizer.load_state_dict(kept["optimizer"])
            random.set_state(kept["random"].cpu())
            begun = kept["epoch"]
    count = len(samples.boxes)
    steps = math.ceil(count / options.batch)
    print(f"{count} pictures, {sum(map(len, samples.boxes))} objects, {', '.join(samples.classes)}", flush=True)
    for epoch in range(begun, options.epochs):
        began, sums = time.monotonic(), {"heat": 0.0, "boxes": 0.0, "masks": 0.0}
        net.train()
        order = torch.randperm(count, generator=random)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = 2e-3 * rate((epoch * steps + step) / (options.epochs * steps))
            seen = batch(samples, order[step * options.batch : (step + 1) * options.batch], random)
            targets = {name: value.to(options.device) for name, value in seen.targets.items()}
            pictures = seen.pictures.to(options.device, memory_format=torch.channels_last)
            with half(options.device):
                outputs = net(pictures)
            parts = losses(outputs, targets)
            optimizer.zero_grad()
            (parts["heat"] + parts["boxes"] + parts["masks"]).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
            optimizer.step()
            for name, value in parts.items():
                sums[name] += value.item() / steps
        said = "  ".join(f"{name} {value:.3f}" for name, value in sums.items())
        print(f"epoch {epoch + 1}/{options.epochs}: {said}  {time.monotonic() - began:.0f} s", flush=True)
        state = {"asked": asked, "net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        save(part, {**state, "random": random.get_state()})
    save(options.out, {"net": net.state_dict(), "classes": samples.classes, "size": options.size})
    note.write_text(json.dumps(asked, indent=1))
    part.unlink(missing_ok=True)


def rate(progress: float) -> float:
    """Share of the full learning rate: it rises for the first 5 % of the steps, then falls along a cosine."""
    return progress / 0.05 if progress < 0.05 else 0.5 + 0.5 * math.cos(math.pi * (progress - 0.05) / 0.95)


def save(path: Path, state: dict) -> None:
    """Save under a temporary name first: a file that is there is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


if __name__ == "__main__":
    main()
