"""Language models behind any OpenAI-compatible server: hosted ones, vLLM, SGLang, llama.cpp, Ollama."""

from outlay.models.openai.client import OpenAIModel
from outlay.models.openai.settings import Api, Continuation, TokenLimit

__all__ = ["Api", "Continuation", "OpenAIModel", "TokenLimit"]
