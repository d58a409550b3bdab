"""Region proposals and the heads on them: torchvision's parts with our sizes."""

from __future__ import annotations

from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import MultiScaleRoIAlign

from models.config import DetectorConfig
from models.detection.neck import Neck

BOX_CELLS, MASK_CELLS = 7, 14


def proposal_network(config: DetectorConfig) -> RegionProposalNetwork:
    """Anchors of every level -> the regions that look like objects; twice as many are looked at while training."""
    rcnn = config.rcnn
    anchors = AnchorGenerator(tuple((side,) for side in rcnn.anchors), (rcnn.ratios,) * len(rcnn.anchors))
    kept = {"training": 2 * rcnn.proposals, "testing": rcnn.proposals}
    return RegionProposalNetwork(
        anchors,
        RPNHead(config.pyramid_width, anchors.num_anchors_per_location()[0]),
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=rcnn.proposal_batch,
        positive_fraction=0.5,
        pre_nms_top_n=kept,
        post_nms_top_n=kept,
        nms_thresh=0.7,
    )


def region_heads(config: DetectorConfig, num_classes: int) -> RoIHeads:
    """Regions -> class, box and, for Mask R-CNN, mask; class 0 is the background."""
    rcnn, width = config.rcnn, config.pyramid_width
    heads = RoIHeads(
        _pooling(config, BOX_CELLS),
        TwoMLPHead(width * BOX_CELLS**2, rcnn.hidden),
        FastRCNNPredictor(rcnn.hidden, num_classes + 1),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=rcnn.region_batch,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=rcnn.score_threshold,
        nms_thresh=rcnn.overlap_threshold,
        detections_per_img=rcnn.most,
    )
    if config.masks:
        heads.mask_roi_pool = _pooling(config, MASK_CELLS)
        heads.mask_head = MaskRCNNHeads(width, (width,) * 4, 1)
        heads.mask_predictor = MaskRCNNPredictor(width, width, num_classes + 1)
    return heads


def _pooling(config: DetectorConfig, cells: int) -> MultiScaleRoIAlign:
    # Level 2 is the third of the four that regions are read from: FPN, eq. 1, has 224 pixels there.
    return MultiScaleRoIAlign(
        list(Neck.names), cells, sampling_ratio=2, canonical_scale=config.rcnn.canonical, canonical_level=4
    )
