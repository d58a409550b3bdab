"""How a network is trained."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from models.config.checks import check_choice, check_range
from models.config.losses import LossConfig

OPTIMIZERS = ("sgd", "adamw")


@dataclass(frozen=True)
class TrainConfig:
    """The recipe of the papers: SGD 0.9, poly 0.9, OHEM, auxiliary 0.4.

    Attributes:
        iterations: optimizer steps.
        epochs: passes over the training images, in place of iterations; 0 to count in iterations.
        batch: images a step, of all processes together.
        optimizer: ``sgd`` or ``adamw``.
        lr: learning rate of the backbone at the start.
        head_lr_factor: multiplies lr for everything that is not the backbone.
        momentum: of SGD; the first beta of AdamW.
        weight_decay: L2 with SGD, decoupled with AdamW; not on norms and biases.
        power: exponent of the poly schedule lr * (1 - step / iterations)**power.
        warmup: steps of linear warm-up.
        loss: registered loss.
        aux_weight: weight of the auxiliary cross entropy.
        ohem_threshold: OHEM keeps pixels whose true-class probability is at most this.
        ohem_min_kept: OHEM keeps at least this many pixels of a process's batch; K of the ``ohem_topk`` loss.
        freeze_bn: keep BatchNorm statistics and affine parameters as they are: the backbone's, and with start_head
            those of the head too, which have learnt by then.
        bn_decay: share of BatchNorm's running statistics that a step keeps (DeepLabv3: 0.9997); 0 for the layers' own,
            mostly 0.9.
        upsample_logits: compare at the size of the labels; off = labels are downsampled to the logits instead
            (DeepLabv3, Table 8).
        precision: ``auto`` (bf16-mixed on CUDA, else 32-true) or a Fabric precision.
        accelerator: ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.
        devices: processes a machine, each with a device of its own and an equal part of every batch.
        nodes: machines.
        sync_bn: BatchNorm over the batches of all processes together, as the papers do; off = each over its own.
        channels_last: keep maps with their channels together: depthwise convolutions are faster, and float16 on GPUs.
        compile: run the network through torch.compile.
        validate_every: steps between validations, 0 for the end only.
        checkpoint_every: steps between resumable states, 0 for the end only.
        seed: seeds data, augmentation and init.
        weights: start of the backbone: ``auto`` (timm's hub), ``none`` (random) or a local .safetensors file.
        start: one of our checkpoints whose backbone is taken; the head starts anew.
        start_head: take the head of ``start`` too: a second phase, maybe at another output stride.
        new_classes: with start_head, what depends on the classes starts anew, for data that has others.
        losses: settings of the single losses.
    """

    iterations: int = 1000
    epochs: int = 0
    batch: int = 8
    optimizer: str = "sgd"
    lr: float = 0.01
    head_lr_factor: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 5e-4
    power: float = 0.9
    warmup: int = 0
    loss: str = "ohem"
    aux_weight: float = 0.4
    ohem_threshold: float = 0.7
    ohem_min_kept: int = 100_000
    freeze_bn: bool = False
    bn_decay: float = 0.0
    upsample_logits: bool = True
    precision: str = "auto"
    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    sync_bn: bool = True
    channels_last: bool = True
    compile: bool = False
    validate_every: int = 0
    checkpoint_every: int = 100
    seed: int = 0
    weights: str = "auto"
    start: str = ""
    start_head: bool = False
    new_classes: bool = False
    losses: LossConfig = field(default_factory=LossConfig)

    def __post_init__(self) -> None:
        check_range("iterations", self.iterations, 1, 10_000_000)
        check_range("epochs", self.epochs, 0, 100_000)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_range("batch", self.batch, 1, 4096)
        check_range("devices", self.devices, 1, 1024)
        check_range("nodes", self.nodes, 1, 10_000)
        if self.batch % (self.devices * self.nodes):
            raise ValueError(
                f"batch is {self.batch}, and each of {self.nodes} x {self.devices} processes needs the same number of "
                "images; give a multiple."
            )
        check_range("lr", self.lr, 1e-8, 10.0)
        check_range("power", self.power, 0.0, 10.0)
        check_range("ohem_threshold", self.ohem_threshold, 0.0, 1.0)
        check_range("ohem_min_kept", self.ohem_min_kept, 1, 1_000_000_000)
        check_range("momentum", self.momentum, 0.0, 0.9999)
        check_range("weight_decay", self.weight_decay, 0.0, 1.0)
        check_range("bn_decay", self.bn_decay, 0.0, 0.999_999)
        for name in ("head_lr_factor", "aux_weight", "warmup", "validate_every", "checkpoint_every"):
            check_range(name, getattr(self, name), 0, 10_000_000)

    def for_images(self, count: int) -> TrainConfig:
        """The same with its epochs in iterations; an epoch leaves out the images that do not fill a step."""
        return replace(self, iterations=self.epochs * max(count // self.batch, 1)) if self.epochs else self
