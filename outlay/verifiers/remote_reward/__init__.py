"""Reward models behind a server: vLLM's endpoints for classification, scoring, reranking and pooling."""
