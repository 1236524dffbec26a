# vLLM as its authors build it for NVIDIA cards, and of ours only what starts it: the launcher, the catalogue, the checks.
# WHEELS is `bundle/wheels` of a bundle for the Python of vLLM's image, which is not that of the other images.
#
#   docker build --file compose/docker/vllm.Dockerfile --build-arg VLLM_BASE=…@sha256:… --build-context wheels=WHEELS .
ARG VLLM_BASE
# hadolint ignore=DL3006
FROM ${VLLM_BASE}
SHELL ["/bin/bash", "-eo", "pipefail", "-c"]
ENV PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY compose/install/constraints.txt /constraints.txt
# In an environment of its own: its pins and vLLM's cannot share one.
RUN --mount=type=bind,from=wheels,source=.,target=/wheels \
    python3 -m venv /opt/appliance \
    && /opt/appliance/bin/pip install --no-compile --find-links /wheels --constraint /constraints.txt aftersales-appliance \
    && groupadd --gid 10002 engines \
    && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin engines \
    && install -d -o 10002 -g 10002 -m 0700 /var/lib/engines /var/lib/engines/vllm
# The egress guard, into vLLM's own Python: where it runs nothing can be put there, and it does not start without.
RUN /opt/appliance/bin/python -P -c "from security.egress.placing import place; place('/usr/bin/python3')"
# Nothing can be written beside the sources, so their bytecode comes with them; it asks no clock, so a build is like the next.
RUN /opt/appliance/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/appliance/lib \
    || echo 'named above: compiled anew at each start'
ENV PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    APPLIANCE_STATE_DIR=/var/lib/engines \
    DO_NOT_TRACK=1 \
    HF_HUB_OFFLINE=1 \
    VLLM_NO_USAGE_STATS=1
USER 10002:10002
WORKDIR /var/lib/engines
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/appliance/bin/appliance", "models", "start", "--python", "/usr/bin/python3"]
CMD ["--help"]
