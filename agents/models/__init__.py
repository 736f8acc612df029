"""How models are reached: connections, the client that calls them, the embedded model, and what calls cost."""

from agents.models.client import ModelClient
from agents.models.compatibility import dialect_lines
from agents.models.connection_test import ConnectionReport, check_connection, listed_models
from agents.models.connections import (
    OPENAI,
    Connections,
    Endpoint,
    NotConfiguredError,
    built_in,
    default_connection,
    is_local_address,
    resolve,
)
from agents.models.embedded import EmbeddedServer
from agents.models.local_servers import LocalServer, find_local_servers
from agents.models.pricing import price_of
from agents.models.rehearsed import suggestion
from agents.models.weights import LocalModels
