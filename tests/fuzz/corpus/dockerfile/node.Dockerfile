# A small web application, as a book would show it.
FROM debian:bookworm
LABEL maintainer="someone@example"
RUN apt-get update && apt-get install -y nodejs npm
COPY . /src
WORKDIR /src
RUN npm install
EXPOSE 8080
ENTRYPOINT ["node", "./app.js"]
