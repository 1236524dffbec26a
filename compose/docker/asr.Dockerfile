# FunASR and the worker that hears calls. Its packages are those of compose/install/funasr.txt, from `bundle/wheels` of a bundle
# that was packed --with funasr, for the Python of the base: those pins are of that Python.
#
#   docker build --file compose/docker/asr.Dockerfile --build-arg PYTHON_BASE=…@sha256:… --build-context wheels=WHEELS .
ARG PYTHON_BASE
# hadolint ignore=DL3006
FROM ${PYTHON_BASE} AS build
ENV PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY compose/install/funasr.txt /funasr.txt
RUN --mount=type=bind,from=wheels,source=.,target=/wheels \
    python -m venv /opt/asr \
    && /opt/asr/bin/pip install --no-compile --no-deps --find-links /wheels --requirement /funasr.txt \
    && /opt/asr/bin/pip install --no-compile --no-deps --find-links /wheels aftersales-appliance \
    && /opt/asr/bin/pip uninstall --yes pip
# Nothing can be written beside the sources, so their bytecode comes with them; it asks no clock, so a build is like the next.
RUN /opt/asr/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/asr/lib \
    || echo 'named above: compiled anew at each start'

# hadolint ignore=DL3006
FROM ${PYTHON_BASE}
RUN groupadd --gid 10002 engines \
    && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin engines \
    && { python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$(python -c 'import os; print(os.path.dirname(os.__file__))')" || true; }
COPY --from=build /opt/asr /opt/asr
ENV PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    MODELSCOPE_OFFLINE=1 \
    HF_HUB_OFFLINE=1
USER 10002:10002
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/asr/bin/python", "-m", "models.asr.worker"]
CMD ["--help"]
