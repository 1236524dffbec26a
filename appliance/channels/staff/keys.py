"""``/api/staff/v1/keys``: how the keys stand, for security administrators."""

from litestar import Controller, get

from appliance.channels.staff.entrance import SECURED, Api
from appliance.compliance.keys import KeysView
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from security.access.permissions import Permission


class KeysController(Controller):
    path = "/keys"
    tags = ("staff",)
    security = SECURED

    @get(
        summary="How the keys stand",
        opt=staff(Permission.KEYS_MANAGE, labels.of("shop_kek", "subject_dek", "key_rotation", "key_copy")),
        responses=problem_responses(401, 403),
    )
    async def keys(self, api: Api) -> KeysView:
        """Where the root key is, the epochs of each shop, rotations under way and over, when shares and epochs' secrets
        were last put away. Numbers and times alone."""
        return await api.keys.look()
