import torch

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.decoders.linear import LinearDecoder
from models.stages import record, replace

NO_PYRAMID = Pyramid(*(torch.empty(0),) * 4)


def test_logits_are_inner_products_with_the_tokens():
    decoder, features = LinearDecoder(6, 4, ModelConfig(), ()), torch.randn(2, 6, 3, 5)
    with record(decoder) as seen:
        logits = decoder(features, NO_PYRAMID)

    products = torch.einsum("kc,bchw->bkhw", decoder.classifier.weight[:, :, 0, 0], features)
    torch.testing.assert_close(logits, products + decoder.classifier.bias.view(4, 1, 1))
    assert torch.equal(seen["tokens"], decoder.classifier.weight[:, :, 0, 0])
    assert torch.equal(seen["classifier.features"], features)


def test_an_edit_of_one_token_moves_one_class():
    decoder, features = LinearDecoder(6, 4, ModelConfig(), ()), torch.randn(1, 6, 3, 5)

    def without_the_second(tokens):
        return tokens * torch.tensor([1.0, 0.0, 1.0, 1.0])[:, None]

    plain = decoder(features, NO_PYRAMID)
    with replace(decoder, {"tokens": without_the_second}):
        edited = decoder(features, NO_PYRAMID)

    torch.testing.assert_close(edited[:, 1], decoder.classifier.bias[1].expand(1, 3, 5))
    torch.testing.assert_close(edited[:, [0, 2, 3]], plain[:, [0, 2, 3]])
