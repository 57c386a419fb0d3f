# One image for the worker, beat and one-off commands. The first stage builds; the second holds only what runs.

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv tools && python -m venv --without-pip /opt/meeruit
# the locked dependencies change seldom: a layer of their own; wheels only, so that nothing is compiled
COPY requirements.txt requirements-build.txt ./
RUN tools/bin/pip install --require-hashes --only-binary :all: -r requirements-build.txt \
    && tools/bin/pip --python /opt/meeruit/bin/python install --require-hashes --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY meeruit meeruit
COPY tasks tasks
COPY worker worker
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/meeruit/bin/python install --no-deps dist/*.whl \
    && find /opt/meeruit -type d \( -name tests -o -name testing \) -prune -exec rm -r {} +

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin meeruit
ENV PATH=/opt/meeruit/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /opt/meeruit /opt/meeruit
COPY seeds seeds
USER meeruit
CMD ["meeruit", "--help"]
