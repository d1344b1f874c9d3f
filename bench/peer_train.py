"""The PyTorch peer of `auspex bench train`: the same decoder, written the way people write it.

Trains a Llama-shaped decoder (RMSNorm, RoPE, grouped-query attention, SwiGLU, untied head, no
biases) on the CPU and prints one JSON line with the median speed and the losses. It needs PyTorch
only, and it is never used by Auspex itself.
"""

import argparse
import json
import math
import statistics
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x):
        h = x.float()
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.eps)
        return h.to(x.dtype) * self.weight


def rope_tables(context, head_dim, theta=10000.0):
    """Cosines and sines `[context, head_dim]` in the half-split (Hugging Face Llama) layout."""
    inverse = 1.0 / theta ** (torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim)
    angles = torch.outer(torch.arange(context, dtype=torch.float32), inverse)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return (x * cos + torch.cat((-second, first), dim=-1) * sin).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = heads, kv_heads, dim // heads
        self.q_proj = nn.Linear(dim, heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.v_proj = nn.Linear(dim, kv_heads * self.head_dim, bias=False)
        self.o_proj = nn.Linear(heads * self.head_dim, dim, bias=False)

    def forward(self, x, cos, sin):
        b, t, _ = x.shape
        q = self.q_proj(x).view(b, t, self.heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(b, t, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(b, t, self.kv_heads, self.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        y = F.scaled_dot_product_attention(
            q, k, v, is_causal=True, enable_gqa=self.heads != self.kv_heads
        )
        return self.o_proj(y.transpose(1, 2).reshape(b, t, -1))


class Mlp(nn.Module):
    def __init__(self, dim, ffn_dim):
        super().__init__()
        self.gate_proj = nn.Linear(dim, ffn_dim, bias=False)
        self.up_proj = nn.Linear(dim, ffn_dim, bias=False)
        self.down_proj = nn.Linear(ffn_dim, dim, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.input_layernorm = RMSNorm(args.dim)
        self.self_attn = Attention(args.dim, args.heads, args.kv_heads)
        self.post_attention_layernorm = RMSNorm(args.dim)
        self.mlp = Mlp(args.dim, args.ffn)

    def forward(self, x, cos, sin):
        h = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return h + self.mlp(self.post_attention_layernorm(h))


class Decoder(nn.Module):
    """Parameter names are those of a Hugging Face Llama without the leading `model.`."""

    def __init__(self, args):
        super().__init__()
        self.embed_tokens = nn.Embedding(args.vocab, args.dim)
        self.layers = nn.ModuleList(Block(args) for _ in range(args.layers))
        self.norm = RMSNorm(args.dim)
        self.lm_head = nn.Linear(args.dim, args.vocab, bias=False)
        cos, sin = rope_tables(args.context, args.dim // args.heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, targets):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin)
        logits = self.lm_head(self.norm(x))
        return F.cross_entropy(logits.float().view(-1, logits.size(-1)), targets.view(-1))


DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_safetensors(path):
    """The tensors of one safetensors file by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(memoryview(data)[start:end], dtype=DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).float()
    return tensors


def load_weights(model, path):
    tensors = {
        name.removeprefix("model."): tensor for name, tensor in read_safetensors(path).items()
    }
    model.load_state_dict(tensors, strict=True)


def batches(args):
    """Endless `(inputs, targets)`: consecutive windows of the token file, or random ids."""
    size = args.batch * args.context
    if args.tokens:
        with open(args.tokens, "rb") as file:
            ids = torch.frombuffer(bytearray(file.read()), dtype=torch.int32).long()
        if len(ids) < size + 1:
            sys.exit(f"{args.tokens} has {len(ids)} tokens, one batch needs {size + 1}")
    else:
        ids = torch.randint(args.vocab, (16 * size + 1,), generator=torch.Generator().manual_seed(1))
    start = 0
    while True:
        if start + size + 1 > len(ids):
            start = 0
        window = ids[start : start + size + 1]
        yield window[:-1].view(args.batch, -1), window[1:].view(args.batch, -1)
        start += size


def train(args):
    model = Decoder(args)
    if args.weights:
        load_weights(model, args.weights)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=args.weight_decay, fused=True
    )
    run = torch.compile(model) if args.compile else model
    losses, seconds = [], []
    source = batches(args)
    for _ in range(args.steps):
        inputs, targets = next(source)
        started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=args.dtype == "bf16"):
            loss = run(inputs, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - started)
    if not all(map(math.isfinite, losses)):
        sys.exit("the loss is not finite")
    return model, losses, seconds


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--kv-heads", type=int, default=4)
    parser.add_argument("--ffn", type=int, default=704)
    parser.add_argument("--vocab", type=int, default=4096)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup-steps", type=int, default=3, help="steps left out of the median")
    parser.add_argument("--threads", type=int, default=0, help="0 leaves PyTorch's own choice")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dtype", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--weights", help="safetensors file to start from")
    parser.add_argument("--tokens", help="raw little-endian int32 token ids")
    args = parser.parse_args()
    if args.steps <= args.warmup_steps:
        parser.error(f"--steps ({args.steps}) must be more than --warmup-steps ({args.warmup_steps})")
    return args


def main():
    args = arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model, losses, seconds = train(args)
    measured = seconds[args.warmup_steps :]
    print(
        json.dumps(
            {
                "engine": "torch.compile" if args.compile else "torch eager",
                "dtype": args.dtype,
                "tokens_per_second": args.batch * args.context / statistics.median(measured),
                "losses": losses,
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
                "parameters": sum(p.numel() for p in model.parameters()),
                "steps_measured": len(measured),
            }
        )
    )


if __name__ == "__main__":
    main()
