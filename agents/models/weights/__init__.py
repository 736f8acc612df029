"""The files that the local model is made of: which there are, where they come from, where this machine keeps them."""

from agents.models.weights.catalogue import CATALOGUE, LARGE, SMALL, Weights
from agents.models.weights.fetch import WeightsError
from agents.models.weights.folder import Progress, WeightsFolder
from agents.models.weights.local_models import AUTOMATIC, OFF, LocalModels
