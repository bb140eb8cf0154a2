# A machine of a cluster that renders for Dataset Studio: bpy's system libraries, Python, and the program.
#
#   docker build -f containers/worker.Dockerfile -t dataset-studio-worker .
#   docker run --rm --gpus all --network host --shm-size 4g dataset-studio-worker ray start --address HEAD:6379 --block
#
# docs/cluster.md tells more. The packages are those that `studio doctor` asks for (tests/packaging/test_containers.py).
FROM python:3.13-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libx11-6 libxext6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libice6 libgl1 libegl1 libegl-mesa0 \
        libgl1-mesa-dri \
    && rm -rf /var/lib/apt/lists/*

# With it NVIDIA's runtime brings OptiX and EGL into the container.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics

WORKDIR /opt/dataset-studio
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY engine engine
COPY presets presets
COPY studio studio
COPY widgets widgets
RUN sed -nE 's/^([A-Za-z0-9._-]+==[^ ;]+).*/\1/p' requirements.lock > constraints.txt \
    && pip install --no-cache-dir --constraint constraints.txt '.[ray,slurm]' \
    && python -m engine.system_libraries

RUN useradd --create-home worker
USER worker
WORKDIR /home/worker
CMD ["studio", "doctor"]
