"""What ``appliance doctor`` looks at in the parts: language model, own words, holidays, messages to customers."""

from appliance.aftersales.messages.store import standing as guides_standing
from appliance.cli.findings_outcome import Outcome, passing, reading, well, wrong
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.installation.model import Grade
from appliance.joints.compact_model import Standing, corpus_dir, in_force
from appliance.joints.language_model import chat_model, smaller_model
from appliance.joints.people_desks import holidays_missing
from appliance.joints.sms import OptOutFile, gateway_of, has_gateway
from models.errors import ModelError
from models.llm.client import ChatModel


async def language_model(settings: Settings) -> Outcome:
    """Without it customers are still understood, by the compact model: less well, and nobody would see why."""
    if not settings.llm.url:
        return Grade.SKIPPED, "none is set", "name its server as llm.url in appliance.toml, if there is one"
    llm = settings.llm
    first = await _served(chat_model(llm), "llm.url", llm.url, llm.model)
    if first[0] is not Grade.OK or not llm.smaller_url:
        return first
    smaller = await _served(smaller_model(llm), "llm.smaller_url", llm.smaller_url, llm.smaller_model)
    return smaller if smaller[0] is not Grade.OK else well(f"{first[1]}, {smaller[1]}")


async def _served(chat: ChatModel, setting: str, url: str, model: str) -> Outcome:
    try:
        served = await chat.served()
    except ModelError as away:
        cure = f"start it ('appliance models start'), or mend {setting}; asked at {url}"
        return passing(str(away), cure) if away.retryable else wrong(str(away), cure)
    finally:
        await chat.aclose()
    if model not in served:
        of_name = setting.replace("url", "model")
        return Grade.WRONG, f"it serves {', '.join(served)}", f"serve it as '{model}', or change {of_name}"
    return well(f"{model} is served at {url}")


async def own_words(settings: Settings) -> Outcome:
    """Words that an enterprise wrote, and that nothing was trained with, would seem to do nothing."""
    folder, train = corpus_dir(settings), "run 'appliance models train', then restart"
    match in_force(settings).standing:
        case Standing.PRODUCT:
            return Grade.SKIPPED, "there are none", f"write some (docs/own-corpus.md) into {folder}, if you like"
        case Standing.OWN:
            return well("the compact model was trained with them")
        case Standing.UNTRAINED:
            return Grade.WARNING, f"nothing was trained with those in {folder}", train
        case Standing.OTHER_WORDS:
            return Grade.WARNING, f"those in {folder} have changed since the model was trained", train
        case Standing.OTHER_PRODUCT:
            return Grade.WARNING, "the product is newer than the model trained with them: its own counts", train
        case Standing.CORRUPT:
            return Grade.WRONG, "the model trained with them cannot be read: the product's own counts", train


async def holidays(settings: Settings) -> Outcome:
    if found := holidays_missing(settings.work, SystemClock().now().date()):
        cure = "add those that the State Council has arranged to a copy of terms.toml, and name it as work.terms_file"
        return Grade.WARNING, found, cure
    return well("the holidays of the next three months are known to work orders")


async def messages(settings: Settings) -> Outcome:
    """Without a gateway nothing is queued, and no conversation speaks of a message."""
    if not has_gateway(settings):
        found = "no SMS gateway: customers are told where to send goods in the conversation alone"
        return Grade.SKIPPED, found, "describe it in a file (docs/sms.md) and name that as messages.gateway_file"
    await gateway_of(settings).aclose()
    OptOutFile(settings.messages).read()
    async with reading(settings) as conn:
        counted = await guides_standing(conn)
    waiting = ", ".join(f"{number} {state}" for state, number in counted.items()) or "nothing queued yet"
    return well(f"the SMS gateway is described; messages: {waiting}")
