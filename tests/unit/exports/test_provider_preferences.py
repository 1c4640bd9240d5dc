from hypothesis import given
from hypothesis import strategies as st

from pipelines.exports import provider_preferences
from pipelines.exports.openrouter_contracts import ProviderPreferences

NAMES = st.sampled_from(["*", "azure", "deepinfra", "novita"])
CLASSES = st.sampled_from(["public", "internal", "pii", "secrets"])
ALLOWED = st.dictionaries(NAMES, st.booleans())


@given(ALLOWED, NAMES.filter(lambda name: name != "*"), CLASSES)
def test_a_provider_is_requested_only_if_it_is_allowed(
    allowed: dict[str, bool], provider: str, data_class: str
) -> None:
    preferences = provider_preferences.for_data_class(allowed, data_class)
    requested = preferences is not None and (
        provider in preferences.only
        if preferences.only is not None
        else provider not in (preferences.ignore or ())
    )
    assert requested == allowed.get(provider, allowed.get("*", False))


@given(ALLOWED, CLASSES)
def test_every_preference_is_stricter_than_openrouters_default(
    allowed: dict[str, bool], data_class: str
) -> None:
    """Public data keep the default; above public nothing is collected or stored.

    Clients merge preferences key by key, so a permissive value would override a user's own `deny`.
    """
    preferences = provider_preferences.for_data_class(allowed, data_class)
    strict = {} if data_class == "public" else {"data_collection": "deny", "zdr": True}
    body = preferences.body() if preferences else strict
    assert {name: one for name, one in body.items() if name not in ("only", "ignore")} == strict


def test_where_nothing_is_restricted_the_request_has_no_provider_field() -> None:
    open_to_all = provider_preferences.for_data_class({"*": True}, "public")
    assert open_to_all == ProviderPreferences()
    assert provider_preferences.request_field(open_to_all) == {}
