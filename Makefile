# Two commands need nothing before them: `make demo` and `make test`.
.PHONY: demo test check bench images clean

demo: node_modules ## dump, verify, restore and compare a real PostgreSQL on this machine
	@npm run --silent demo

test: node_modules ## every test, on real servers
	@npm test --silent

check: node_modules ## what a commit must pass
	@npm run --silent check

bench: node_modules ## the figures, as JSON lines
	@npm run --silent bench -- dump

images: node_modules ## every image, with docker, podman or buildah
	@npm run --silent images

node_modules: package-lock.json
	@echo "Installing the packages of package-lock.json ..." >&2
	@npm ci --loglevel=error
	@touch node_modules

clean: ## what the targets made in this folder
	rm -rf node_modules build
