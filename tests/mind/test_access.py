"""How Gemini is reached: nothing leads a key to another server, and no secret shows."""

import pytest

from engine.mind.access import AccessInvalid, ApiKey, GeminiClient, VertexProject, checked_address, service_account
from engine.mind.gemini import GeminiModel, GeminiOptions
from tests.emulators.gemini import GeminiEmulator
from tests.support.http import Answer, Door
from tests.support.mind import turn

SECRET = "AIza-secret-of-somebody"


@pytest.mark.parametrize(
    "address",
    [
        "http://generativelanguage.googleapis.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1:8080",
        "ftp://127.0.0.1",
        "https://user:pass@example.com",
        "https://example.com/?key=1",
        "https://example.com/#x",
        "https://",
        "127.0.0.1:8080",
        "",
    ],
)
def test_a_key_goes_only_over_https_or_to_this_machine(address: str):
    with pytest.raises(AccessInvalid):
        checked_address(address)


@pytest.mark.parametrize(
    "address", ["https://gw.example.com", "http://127.0.0.1:9", "http://[::1]:9", "http://localhost"]
)
def test_https_and_this_machine_are_taken(address: str):
    assert checked_address(f"{address}/") == address


@pytest.mark.parametrize("location", ["evil.com/", "us-central1.evil.com", "us_central1", "", "-", "US-CENTRAL1", "a#"])
def test_a_region_cannot_lead_a_token_to_another_host(location: str):
    with pytest.raises(AccessInvalid, match="no Google Cloud region"):
        VertexProject("my-project", location)


@pytest.mark.parametrize("project", ["", "x", "a/b/c", "my project", "../other"])
def test_a_project_is_a_project_id(project: str):
    with pytest.raises(AccessInvalid, match="no Google Cloud project id"):
        VertexProject(project)


@pytest.mark.parametrize("key", ["", "  ", "a b", "ключ", "a\nb", "a\x00b"])
def test_a_key_with_characters_that_no_key_has_is_refused_without_repeating_it(key: str):
    with pytest.raises(AccessInvalid) as refused:
        ApiKey(key)
    assert not key.strip() or key not in str(refused.value)


def test_a_key_copied_with_a_line_end_is_the_key():
    assert ApiKey(f" {SECRET}\n").key == SECRET


@pytest.mark.parametrize("model", ["", "../models", "a b", "x?key=1", "/x", "x//y", "models/"])
def test_a_model_name_cannot_lead_to_another_path(model: str):
    with pytest.raises(AccessInvalid, match="no name of a Gemini model"):
        GeminiOptions(model=model)


@pytest.mark.parametrize(
    ("location", "address"),
    [
        ("global", "https://aiplatform.googleapis.com"),
        ("us-central1", "https://us-central1-aiplatform.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
    ],
)
async def test_vertex_is_reached_in_its_region(location: str, address: str):
    client = GeminiClient(VertexProject("my-project", location))
    assert client.address == address
    await client.aclose()


async def test_the_key_shows_in_no_repr():
    client = GeminiClient(ApiKey(SECRET))
    for thing in (client.access, client, GeminiModel(client), GeminiOptions()):
        assert SECRET not in repr(thing)
        assert SECRET not in str(thing)
    await client.aclose()


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", "{}", '{"type":"service_account","private_key":"secret-pem"}', "3"]
)
def test_a_key_file_that_is_none_is_refused_without_quoting_it(text: str):
    with pytest.raises(AccessInvalid) as refused:
        service_account(text)
    assert "secret-pem" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


async def test_a_redirect_never_carries_the_key_away():
    """The SDK's own client follows redirects, and HTTP clients forward any header but Authorization."""
    async with Door([]) as elsewhere, Door([Answer(307, {"location": elsewhere.url})]) as door:
        client = GeminiClient(ApiKey(SECRET), door.url.removesuffix("/hooks"))
        problem = await GeminiModel(client).check()
        await client.aclose()
        assert elsewhere.requests == []
        assert len(door.requests) == 1
    assert problem is not None
    assert "leads elsewhere" in problem.sentence


async def test_stray_variables_of_the_environment_change_nothing(
    gemini: GeminiEmulator, monkeypatch: pytest.MonkeyPatch
):
    for name, value in {
        "GOOGLE_API_KEY": "another-key",
        "GEMINI_API_KEY": "another-key",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9",
        "GOOGLE_VERTEX_BASE_URL": "http://127.0.0.1:9",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true",
        "GOOGLE_GENAI_API_VERSION": "v9",
        "GOOGLE_GENAI_HTTP_CLIENT": "auto",
        "GOOGLE_CLOUD_PROJECT": "another-project",
        "GOOGLE_CLOUD_LOCATION": "mars",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    client = GeminiClient(ApiKey("emulator"), gemini.address)
    heard = await turn(GeminiModel(client))
    await client.aclose()
    assert heard.failed is None
    assert gemini.served[0].path.startswith("/v1/models/")
    assert gemini.served[0].headers["x-goog-api-key"] == "emulator"
