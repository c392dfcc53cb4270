"""What to check when an OpenAI-compatible server refuses; how failures are told apart is the wire's affair."""

from outlay.wire.failures import Advice

ADVICE = Advice(
    {
        401: "check the key in the environment variable {variable}",
        403: "check the key in the environment variable {variable} and what it may use",
        404: "check base_url, which usually ends in /v1, and the model's name",
        429: "check the account's quota and billing",
    },
    "check base_url and the settings that say what this server supports: "
    "api, continuation, several, logprobs, seeded, usage, token_limit",
)
