FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /byline

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

COPY settings.py ./
COPY api ./api
COPY desk ./desk
COPY insight ./insight
COPY schemas ./schemas
COPY seed ./seed
COPY store ./store

RUN useradd --system --uid 10001 byline
USER 10001

ENV BYLINE_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-m", "api", "health"]
CMD ["python", "-m", "api", "serve"]
