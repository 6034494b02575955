from node:20-alpine as assets
workdir /site
copy package.json package-lock.json ./
run npm ci --ignore-scripts
copy src ./src
run npm run build -- --out-dir /dist

from nginx:1.27-alpine
copy --from=assets /dist /usr/share/nginx/html
copy <<'CONF' /etc/nginx/conf.d/default.conf
server {
	listen 8080;
	root /usr/share/nginx/html;
	location / { try_files $uri $uri/ /index.html; }
	location ~* \.(js|css)$ { expires 1y; add_header Cache-Control "public"; }
}
CONF
expose 8080
user 101
